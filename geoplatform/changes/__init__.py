"""What has changed on the public map: between two dates or layers, and told to those who follow an area by feed or e-mail."""
