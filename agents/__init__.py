"""The stages of the pipeline, one module each: decode, call the domain, emit."""
