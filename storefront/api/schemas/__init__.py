"""What requests hold and what answers look like, as the OpenAPI document tells it."""
