"""The control API: a program looks at a running mock and steers it, under `/__admin`, by its own OpenAPI document.

Every verb is the same call as in Python. Nothing here is on the way of a request for a provider.
"""
