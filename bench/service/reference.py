"""The Flask application that the service replaces. WSGI entry point: reference:app."""
from uuid import uuid4

from flask import Flask, request

app = Flask(__name__)
identifier = str(uuid4())


@app.get("/api/convert-fahrenheit-to-celsius")
def convert():
    fahrenheit = request.args.get("fahrenheit")
    if not (fahrenheit or "").strip():
        return {"error": "Please provide the Fahrenheit temperature as a query parameter."}, 400
    try:
        return {"celsius": (float(fahrenheit) - 32) * 5 / 9, "app_identifier": identifier}
    except ValueError:
        error = "Invalid input. Please provide a valid Fahrenheit temperature."
        return {"error": error, "app_identifier": identifier}, 400


@app.get("/api/healthcheck")
def healthcheck():
    return {"app_identifier": identifier}


@app.errorhandler(404)
def unknown(_):
    return {"error": "API not found.", "app_identifier": identifier}, 404
