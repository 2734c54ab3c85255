# The renewal file lacks a line.
# message: renewal-file-unusable
# today: stands
# rules: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com >/dev/null 2>&1
sed -i /^authenticator/d /etc/letsencrypt/renewal/example.com.conf
certbot renew --force-renewal
