"""The signed-in area: what a person may see and change once they showed who they are.

English only, like the API: merchants and operators read it.
"""
