OK_FORMAT = True

test = {
    "name": "conv_output_shape",
    "points": [1, 2],
    "suites": [
        {
            "cases": [
                {
                    "code": r"""
                    >>> conv_output_shape((28, 28, 1), 8, 3)
                    (26, 26, 8)
                    """,
                    "hidden": False,
                },
                {
                    "code": r"""
                    >>> [conv_output_shape((28, 28, 3), 16, 3, strides, 1)[0] for strides in (1, 2, 3, 4)]
                    [28, 14, 10, 7]
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
