"""What a WSGI server loads: ``gunicorn wsgi:app``."""

from promo.app import create_app

app = create_app()
