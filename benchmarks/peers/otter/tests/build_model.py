OK_FORMAT = True

test = {
    "name": "build_model",
    "points": [1, 2],
    "suites": [
        {
            "cases": [
                {
                    "code": r"""
                    >>> build_model().output_shape
                    (None, 10)
                    """,
                    "hidden": False,
                },
                {
                    "code": r"""
                    >>> build_model().count_params()
                    7018
                    """,
                    "hidden": True,
                },
            ],
            "scored": True,
            "setup": "",
            "teardown": "",
            "type": "doctest",
        }
    ],
}
