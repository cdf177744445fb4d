def max_pool(image, size=2, strides=2):
    height, width, channels = image.shape
    rows = (height - size) // strides + 1
    columns = (width - size) // strides + 1
    pooled = np.zeros((rows, columns, channels), dtype=image.dtype)
    for row in range(rows):
        for column in range(columns):
            top, left = row * strides, column * strides
            pooled[row, column] = image[top : top + size, left : left + size].max(axis=(0, 1))
    return pooled
