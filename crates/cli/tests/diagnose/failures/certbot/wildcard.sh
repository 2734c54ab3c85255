# A wildcard is ordered over HTTP.
# message: wildcard-over-http
# today: unknown
certbot certonly --webroot --webroot-path /var/www/html --domain '*.example.com'
