# Nothing listens on port 80.
# message: connection-refused
# today: unknown
# options: --webroot /var/www/html
systemctl stop nginx
lego --path /var/lib/lego --server https://acme-v02.api.letsencrypt.org:14000/dir \
    --email info@example.com --accept-tos --domains example.com --http --http.webroot /var/www/html run
