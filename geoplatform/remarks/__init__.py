"""What residents and staff say is wrong or missing at a place, and what staff do with it. Nothing of it is public."""
