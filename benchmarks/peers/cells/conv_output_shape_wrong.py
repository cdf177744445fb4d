def conv_output_shape(input_shape, filters, kernel_size, strides=1, padding=0):
    height, width, _ = input_shape
    new_height = (height + 2 * padding - kernel_size + 1) // strides
    new_width = (width + 2 * padding - kernel_size + 1) // strides
    return (new_height, new_width, filters)
