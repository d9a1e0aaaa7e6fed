"""Staff's files on their way into layers: held while they are looked at, taken in, also through GeoNode's upload screen."""
