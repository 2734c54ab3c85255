# certbot --nginx did everything.
# renewal: works
# nginx: has the new certificate
# says:
certbot run --nginx --domain example.com
