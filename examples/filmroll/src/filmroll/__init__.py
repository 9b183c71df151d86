"""Makes a video from a prompt."""
