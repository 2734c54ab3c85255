# The directory that certbot is told is not there.
# message: client-web-root-missing
# today: unknown
certbot certonly --webroot --webroot-path /var/www/gone --domain example.com
