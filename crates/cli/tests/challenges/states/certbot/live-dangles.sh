# The archive was not moved along; nginx has read the certificate long ago.
# renewal: cert1.pem of symlink /etc/letsencrypt/live/example.com/cert.pem does not exist
# nginx: keeps the old certificate
# says: renewal-file-broken
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
mv /etc/letsencrypt/archive/example.com /root/
