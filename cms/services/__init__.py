"""What marketers may change: content and roles."""
