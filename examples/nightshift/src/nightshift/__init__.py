"""Works through a list of prompts over night."""
