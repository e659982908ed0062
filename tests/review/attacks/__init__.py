"""What an attacker tries at the desk, a module an area."""
