# src/predict
