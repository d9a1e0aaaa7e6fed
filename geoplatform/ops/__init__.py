"""Running an installation: the private database cluster, Redis, nginx, the supervisor of all parts, backup."""
