"""What the mails of a flow are worth: customers who got them beside customers who were held out."""
