# The second half of the renewal file is gone.
# renewal: lacks renewalparams
# nginx: keeps the old certificate
# says: awaited
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i '/renewalparams/,$d' /etc/letsencrypt/renewal/example.com.conf
