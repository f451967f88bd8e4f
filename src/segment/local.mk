# src/segment
