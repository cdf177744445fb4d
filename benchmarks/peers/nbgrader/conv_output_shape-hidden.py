### BEGIN HIDDEN TESTS
for strides, side in ((1, 28), (2, 14), (3, 10), (4, 7)):
    assert conv_output_shape((28, 28, 3), 16, 3, strides, 1) == (side, side, 16), strides
### END HIDDEN TESTS
