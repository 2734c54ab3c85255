# A wildcard is ordered over HTTP.
# message: wildcard-over-http
# today: unknown
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --accept-tos --domains '*.example.com' --http --http.webroot /var/www/html run
