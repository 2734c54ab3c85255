# certbot --nginx redirects to TLS.
# renewal: works
# nginx: has the new certificate
# says:
certbot run --nginx --domain example.com --redirect
