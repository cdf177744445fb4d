assert max_pool(np.array([[[1.0], [2.0]], [[3.0], [4.0]]])).tolist() == [[[4.0]]]
