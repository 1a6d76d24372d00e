"""Authorised exceptions (*excepciones autorizadas*): leave to do without an item, asked before, approved by another."""
