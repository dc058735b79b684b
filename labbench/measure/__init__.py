"""What this computer does with the program: measurements that anybody can repeat, and the check of an installation."""
