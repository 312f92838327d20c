"""What suppliers file: ASTM F3548-21 as values and decisions. A node is a DSS (`dss`) and a USS (`uss`)."""
