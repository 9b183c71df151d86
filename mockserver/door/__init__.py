"""The door: bytes of a connection become a request for what is behind it, its answer becomes bytes, within limits.

Whatever is wrong with a connection or with HTTP itself ends here. What is behind the door is not known.
"""
