"""What is kept of one person: all of it, for whoever it is about (GDPR art. 15 and 20)."""
