"""Views of distances: the map, the matrix, the microscope, the threshold, two embedders side by side."""
