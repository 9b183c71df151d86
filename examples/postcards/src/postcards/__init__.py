"""A shop that turns a text into a moving picture and mails it."""
