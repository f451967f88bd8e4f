# src/dedupe
