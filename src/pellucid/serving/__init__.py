"""A model as a small HTTP service on this machine: JSON rows in, predictions out.

It comes with the extra ``pellucid[serve]``, which installs Starlette and uvicorn.
"""

from pellucid.serving.application import Limits, application
from pellucid.serving.http_server import serve
from pellucid.serving.openapi import openapi

__all__ = ["Limits", "application", "openapi", "serve"]
