"""The page: what a duty officer sees of the line, served as plain files, and the picture as SVG."""
