"""What is wrong with a training, from records, networks and data: findings, and what mends them."""

__all__: list[str] = []
