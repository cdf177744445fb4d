### BEGIN HIDDEN TESTS
assert build_model().count_params() == 7018
### END HIDDEN TESTS
