"""What a client does, without doing it: generators that yield what is to be sent, and are sent what came of it."""
