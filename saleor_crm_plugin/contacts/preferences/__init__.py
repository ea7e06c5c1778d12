"""What customers want of our mails: which kinds, how often, in which language."""
