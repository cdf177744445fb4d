### BEGIN HIDDEN TESTS
for seed in (1, 2):
    image = np.random.default_rng(seed).random((8, 8, 3))
    expected = image.reshape(4, 2, 4, 2, 3).max(axis=(1, 3))
    assert np.allclose(max_pool(image), expected), seed
### END HIDDEN TESTS
