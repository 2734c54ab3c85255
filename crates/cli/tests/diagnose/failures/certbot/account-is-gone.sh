# The account of the renewal is not there.
# message: account-unknown
# today: stands
# rules: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com >/dev/null 2>&1
enable tls
rm -r /etc/letsencrypt/accounts/*/*/*
certbot renew --force-renewal
