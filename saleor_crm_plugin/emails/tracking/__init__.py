"""Whether mails are read: links that lead by way of us, a picture of one pixel, and who of those who follow is none."""
