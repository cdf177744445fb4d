assert build_model().output_shape == (None, 10)
