"""What may be asked of the checkout: frozen facts."""
