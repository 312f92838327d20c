"""The types of F3548-21 Annex A4 (`utm.yaml` 1.0.0), one struct a schema, under the standard's names.

Input is read leniently where the standard is silent (unknown fields are ignored, null is as good as absent)
and strictly where it speaks. A field that is None is not on the wire.
"""
