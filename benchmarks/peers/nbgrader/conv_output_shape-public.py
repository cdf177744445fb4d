assert conv_output_shape((28, 28, 1), 8, 3) == (26, 26, 8)
