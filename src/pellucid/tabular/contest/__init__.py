"""A comparison's contenders, their trials on splits, and the verdict."""
