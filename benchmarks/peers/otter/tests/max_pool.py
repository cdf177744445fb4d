OK_FORMAT = True

test = {
    "name": "max_pool",
    "points": [1, 2],
    "suites": [
        {
            "cases": [
                {
                    "code": r"""
                    >>> max_pool(np.array([[[1.0], [2.0]], [[3.0], [4.0]]])).tolist()
                    [[[4.0]]]
                    """,
                    "hidden": False,
                },
                {
                    "code": r"""
                    >>> images = [np.random.default_rng(seed).random((8, 8, 3)) for seed in (1, 2)]
                    >>> expected = [image.reshape(4, 2, 4, 2, 3).max(axis=(1, 3)) for image in images]
                    >>> all(np.allclose(max_pool(image), right) for image, right in zip(images, expected))
                    True
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
