# One of the four links is gone.
# renewal: chain.pem to be a symlink
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
rm /etc/letsencrypt/live/example.com/chain.pem
