# The second half of the renewal file is gone.
# renewal: lacks renewalparams
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i '/renewalparams/,$d' /etc/letsencrypt/renewal/example.com.conf
