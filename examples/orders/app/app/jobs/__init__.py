"""Scheduled work, and what is known of its runs."""
